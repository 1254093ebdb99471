"""The doors beside the API: files, health, the app's own pages, and the headers that guard them all."""
