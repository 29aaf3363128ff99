"""The processes of ``hna serve``: one that serves, or one that watches several that do."""
