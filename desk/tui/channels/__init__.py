"""The channels: their strip over the queue, and the supervisor's screen."""
