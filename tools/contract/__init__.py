"""What others build against, as files: the documents of REST and live view, and the names of every release."""
