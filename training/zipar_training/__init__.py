"""Training of the text-to-picture model that ZipAR Studio ships."""
