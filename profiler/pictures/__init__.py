"""Pictures of tables, networks and certificates as SVG that follows its reader's theme."""
