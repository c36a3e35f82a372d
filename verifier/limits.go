package verifier

import (
	"time"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
)

// Limits are what one verification may cost. A field that is not positive takes its value
// from DefaultLimits. What is beyond a limit ends undecided.
type Limits struct {
	Input    int           // bytes of a file or of what stands behind a link, pictures included
	Document int           // bytes of one credential
	Depth    int           // nested objects and lists of one credential
	Values   int           // values of every kind in one credential
	Parts    int           // credentials within one document, at every depth together
	Fetches  int           // requests sent, redirects included
	Fetched  int64         // bytes of all that is fetched
	Time     time.Duration // of all that is fetched, from the first request on; what goes without is bounded by the others
}

// DefaultLimits decide any document in well under two seconds and 256 MiB, beside what
// servers take to answer.
var DefaultLimits = Limits{
	Input: 16 << 20, Document: 1 << 20, Depth: 64, Values: 100_000, Parts: 128,
	Fetches: 64, Fetched: 32 << 20, Time: 45 * time.Second,
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	pick(&l.Input, d.Input)
	pick(&l.Document, d.Document)
	pick(&l.Depth, d.Depth)
	pick(&l.Values, d.Values)
	pick(&l.Parts, d.Parts)
	pick(&l.Fetches, d.Fetches)
	pick(&l.Fetched, d.Fetched)
	pick(&l.Time, d.Time)
	return l
}

func pick[T int | int64 | time.Duration](field *T, otherwise T) {
	if *field <= 0 {
		*field = otherwise
	}
}

// json is the budget of one document.
func (l Limits) json() strictjson.Limits {
	return strictjson.Limits{Bytes: l.Document, Depth: l.Depth, Values: l.Values}
}

// session is the budget of one verification on the network.
func (l Limits) session() fetch.Limits {
	return fetch.Limits{Requests: l.Fetches, Bytes: l.Fetched, Time: l.Time}
}
