"""Raw samples kept for a time: what may go, where it goes to, and the day's round."""
