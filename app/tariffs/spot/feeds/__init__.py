"""The sources, one file each; ``moments`` reads times as all of them write them."""
