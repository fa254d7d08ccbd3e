"""Import of models from MLflow's model registry. Needs the extra `mlflow`."""
