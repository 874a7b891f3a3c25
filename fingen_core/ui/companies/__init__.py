"""The Companies page: statements, what companies are worth, and a model that knows them by their numbers."""
