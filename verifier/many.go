package verifier

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"runtime"

	"laurel/internal/intake"
)

// Item is one of many things to verify: bytes, or a link.
type Item struct {
	Name      string // what the caller calls it, such as the name of its file
	Person    string // whose it is, as a table says; to be shown, and in no statement
	Input     []byte
	URL       string
	Recipient string // as in Request, where that of all is empty
	Err       error  // why it could not be read; it is then undecided
}

// ItemReport is the report on one Item.
type ItemReport struct {
	Name   string
	Person string
	SHA256 string // of the item's bytes, in hexadecimal; empty for a link
	Report *Report
}

// Many verifies items, as many at once as there are processors, and yields their results in
// the order of the items. It reads no further ahead than that, so that items may be larger
// together than the memory.
func (v *Verifier) Many(ctx context.Context, items iter.Seq[Item], about Request) iter.Seq[ItemReport] {
	return func(yield func(ItemReport) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		underWay := make(chan chan ItemReport, runtime.GOMAXPROCS(0)-1)
		go func() {
			defer close(underWay)
			for item := range items {
				place := make(chan ItemReport, 1)
				select {
				case underWay <- place:
				case <-ctx.Done():
					return
				}
				go func() { place <- v.item(ctx, item, about) }()
			}
		}()
		for place := range underWay {
			if !yield(<-place) {
				return
			}
		}
	}
}

// Collection returns the items of a file that holds many, a ZIP or a CSV; ok is false for any
// other. They are read one at a time as they are asked for.
func (v *Verifier) Collection(file []byte) (items iter.Seq[Item], ok bool) {
	found, ok := intake.ReadMany(file, intake.Options{Bytes: v.config.Limits.Input})
	if !ok {
		return nil, false
	}
	return func(yield func(Item) bool) {
		for e := range found.Entries {
			item := Item{Name: e.Name, Input: e.File, Err: e.Err}
			if found.Kind == intake.CSV {
				item.Name, item.Person, item.Recipient = fmt.Sprintf("line %d", e.Number), e.Name, cmp.Or(e.Email, e.Name)
				if e.Column != "" {
					item.Name += ", " + e.Column
				}
			}
			if !yield(item) {
				return
			}
		}
	}, true
}

// item verifies one item. Should the verifier fail on it, the others go on, and it is
// undecided.
func (v *Verifier) item(ctx context.Context, item Item, about Request) (r ItemReport) {
	defer func() {
		if recover() != nil {
			w := v.inquire(about).walk(asWhole)
			w.set("input-unreadable", "the verifier failed on it")
			r.Report = w.report()
		}
	}()
	r = ItemReport{Name: item.Name, Person: item.Person}
	about.Input, about.inside = item.Input, true
	if about.Recipient == "" {
		about.Recipient = item.Recipient
	}
	switch {
	case item.Err != nil:
		w := v.inquire(about).walk(asWhole)
		w.set("input-unreadable", item.Err)
		r.Report = w.report()
	case item.URL != "":
		r.Report = v.VerifyURL(ctx, item.URL, about)
	default:
		sum := sha256.Sum256(item.Input)
		r.SHA256 = hex.EncodeToString(sum[:])
		r.Report = v.Verify(ctx, about)
	}
	return r
}
