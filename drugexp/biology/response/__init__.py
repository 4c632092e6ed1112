"""Drug response of cell lines and patients: splits, naive baselines, models and rankings."""
