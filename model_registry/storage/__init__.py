"""Moving the files of models, on its own: no registry is needed."""
