"""What those who run the platform see and do."""
