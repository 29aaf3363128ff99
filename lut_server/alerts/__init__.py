"""What a person should look at: endpoints, rules and queries."""
