"""Files of the Hugging Face Hub, and what it knows of models."""
