"""Files as objects of a bucket: S3, Google Cloud Storage and Azure Blob Storage."""
