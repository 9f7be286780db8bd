"""The verbs on licences by pledge. Pages, the API and workers call these functions.

All take the actor and the time, and raise CaseNotFound, MoveRefused or FieldError.
"""
