"""Recognising what a text is about: a local, explainable model that says how sure it is.

Knows no database and no system: texts and labels come in, a folder with the model comes out.
"""
