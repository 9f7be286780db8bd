"""Exchange of city events with other platforms: what they are told, and what they may say."""
