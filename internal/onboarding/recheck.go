package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"laurel/internal/durable"
	"laurel/internal/linkage"
	"laurel/registry"
)

// Watch looks again, week by week, whether sites and identifiers still name each other. It
// remembers in a file which looks failed.
type Watch struct{ path string }

// week is how long a look counts; a little less, so that who looks each Monday does.
const week = 6*24*time.Hour + 12*time.Hour

// failuresForStale is how many looks in turn must fail before a binding is said to be stale: one
// may have met a server that was down.
const failuresForStale = 2

// OpenWatch returns the watch of a folder.
func OpenWatch(dir string) *Watch { return &Watch{filepath.Join(dir, "rechecks.json")} }

// look is what is remembered of one binding.
type look struct {
	Last     time.Time `json:"last"`
	Failures int       `json:"failures"` // in turn
}

// Seen is what one look at a binding found.
type Seen struct {
	Entity, DID string
	Err         error           // why the evidence is not there; nil: it is
	Event       *registry.Event // that follows from it, to be decided; nil: nothing changes
}

// Round looks at each binding of a registry that was not looked at within a week, or, with all,
// at every one.
func (w *Watch) Round(ctx context.Context, l *linkage.Looker, s *registry.Snapshot, all bool) (seen []Seen, err error) {
	known, err := w.read()
	if err != nil {
		return nil, err
	}
	now := l.Now().UTC().Truncate(time.Second)
	for e := range s.Entries() {
		for i := range e.Bindings {
			b := &e.Bindings[i]
			held := known[b.DID]
			if !b.Holds(now) || !all && now.Sub(held.Last) < week {
				continue
			}
			one := Seen{Entity: e.ID, DID: b.DID, Err: again(ctx, l, b)}
			if ctx.Err() != nil {
				return seen, errors.Join(ctx.Err(), w.write(known))
			}
			held.Last = now
			if one.Err != nil {
				held.Failures++
			} else {
				held.Failures = 0
			}
			known[b.DID] = held
			if gone := held.Failures >= failuresForStale; gone != b.Stale && (gone || held.Failures == 0) {
				one.Event = &registry.Event{
					Type: registry.EventRecheck, Entity: e.ID, Reason: "weekly-recheck", EffectiveFrom: now, Recorded: now, DID: b.DID, OK: !gone,
				}
			}
			seen = append(seen, one)
		}
	}
	return seen, w.write(known)
}

// again looks at the evidence of a binding that the site and the identifier name each other, and
// whether they still name a key that is pinned. Any piece that is there is enough.
func again(ctx context.Context, l *linkage.Looker, b *registry.Binding) error {
	err := fmt.Errorf("%w: the binding has no evidence that can be looked at again", linkage.ErrNotLinked)
	found := false
	for _, e := range b.Evidence {
		if e.Strength != registry.Mutual {
			continue
		}
		found = true
		var link linkage.Link
		switch e.Kind {
		case "dns":
			link, err = l.DNS(ctx, b.DID, strings.TrimPrefix(e.Ref, "_obtr."))
		case "did-configuration":
			link, err = l.DIDConfiguration(ctx, b.DID, e.Ref)
		}
		if err == nil {
			if err = pinned(b, link.Keys, l.Now()); err == nil {
				return nil
			}
		}
	}
	if !found {
		return nil // it rests on what people checked
	}
	return err
}

func pinned(b *registry.Binding, keys []string, now time.Time) error {
	for _, k := range b.Keys {
		for _, key := range keys {
			if k.Thumbprint == key && k.Holds(now) {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: the site names none of the keys that are listed", linkage.ErrNotLinked)
}

func (w *Watch) read() (map[string]look, error) {
	known := map[string]look{}
	raw, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &known)
	}
	return known, err
}

func (w *Watch) write(known map[string]look) error {
	raw, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	return durable.Replace(w.path, append(raw, '\n'))
}
