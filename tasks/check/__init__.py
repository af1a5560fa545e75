"""Whether a campaign is fit to be sent, and what would go out."""
