"""Application Streamlit : elle lit les éditions et ne calcule rien."""
