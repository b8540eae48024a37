"""The REST API: the same verbs as the pages, for programs. It holds no rule."""
