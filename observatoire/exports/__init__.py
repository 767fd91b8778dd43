"""Documents d’une édition : ils la lisent, la mettent en page et ne calculent rien."""
