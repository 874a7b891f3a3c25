"""Yahoo's prices and statements: how they are asked for, and the copies that are kept."""
