"""What is true and where it stands: corpus, types, index, retrieval, answering."""
