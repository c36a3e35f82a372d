package web

// maxCards bounds the preview pictures that are kept, in each of two generations.
const maxCards = 128
