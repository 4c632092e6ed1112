"""Libraries of any size against a model: streamed, in shards that survive any kill."""
