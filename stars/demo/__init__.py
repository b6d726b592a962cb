"""The demo county: synthetic people in real places, and the story of their year told through the services."""
