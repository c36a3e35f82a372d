package verifier

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"

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
	Unclear   error  // why it is not clear whose it should be; it is then undecided, unless all have one Recipient
}

// ItemReport is the report on one Item.
type ItemReport struct {
	Name   string
	Person string
	SHA256 string // of the item's bytes, or of its link, in hexadecimal
	Link   bool   // the item is a link
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
			defer func() {
				if recover() != nil { // of what reads the items; what comes after this one is not known
					failed := make(chan ItemReport, 1)
					failed <- ItemReport{Name: "the others", Report: v.unread(about, "input-unreadable", "the verifier failed on it")}
					select {
					case underWay <- failed:
					case <-ctx.Done():
					}
				}
			}()
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
				item.Name, item.Person, item.Recipient, item.Unclear = fmt.Sprintf("line %d", e.Number), e.Name, cmp.Or(e.Email, e.Name), e.Unclear
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
			r.Report = v.unread(about, "input-unreadable", "the verifier failed on it")
		}
	}()
	r = ItemReport{Name: item.Name, Person: item.Person, Link: item.URL != ""}
	about.Input, about.inside = item.Input, true
	if strings.TrimSpace(about.Recipient) == "" {
		about.Recipient, about.unclear = item.Recipient, item.Unclear
	}
	switch {
	case errors.Is(item.Err, intake.ErrRow):
		r.Report = v.unread(about, "input-row", item.Err)
	case item.Err != nil:
		r.Report = v.unread(about, "input-unreadable", item.Err)
	case item.URL != "":
		r.SHA256 = hexDigest([]byte(item.URL))
		r.Report = v.VerifyURL(ctx, item.URL, about)
	default:
		r.SHA256 = hexDigest(item.Input)
		r.Report = v.Verify(ctx, about)
	}
	return r
}

// unread is the report on what could not even be read.
func (v *Verifier) unread(about Request, code string, why any) *Report {
	w := v.inquire(about).walk(asWhole)
	w.set(code, why)
	return w.report()
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
