// Package examples answers: what do Laurel's files look like?
//
// It holds the sample files beside it, for the demonstration, for tests and for readers:
// a catalogue of Sample College and the results of one assessment. README.md there says
// what each file is. It knows nothing of their meaning.
package examples

import "embed"

// Achievements is the catalogue, achievements.json.
//
//go:embed achievements.json
var Achievements []byte

// Results is results.csv, the results of eight learners in food-hygiene-level-2 of the
// catalogue.
//
//go:embed results.csv
var Results []byte

//go:embed *.png
var pictures embed.FS

// Open returns a picture that the catalogue names. The error wraps fs.ErrNotExist where
// there is none of that name.
func Open(name string) ([]byte, error) { return pictures.ReadFile(name) }
