"""How returns become examples for a network, and how what it draws becomes return paths again."""
