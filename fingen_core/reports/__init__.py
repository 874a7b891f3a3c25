"""What leaves the app: files that say of themselves what they are."""
