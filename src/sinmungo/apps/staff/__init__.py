"""The people who work here: roles, memberships, permissions and one-time sign-in links."""
