package registrar

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"laurel/internal/repository"
	"laurel/internal/signed"
	"laurel/internal/translog"
	"laurel/registry"
)

// EventType is what a signed event says that it is.
const EventType = "obtr-event+jws"

// maxDocument bounds a signed event: it is a leaf of the log.
const maxDocument = translog.MaxEntry

// RoleOf tells whose keys sign events of a type: those of the overlay or of the bindings.
func RoleOf(t registry.EventType) string {
	switch t {
	case registry.EventBindingAdd, registry.EventBindingEnd, registry.EventKeyEnd, registry.EventRecheck:
		return registry.Bindings.String()
	}
	return registry.Overlay.String()
}

// Accepted is an event that enough people signed, with its document.
type Accepted struct {
	*registry.Event
	Document []byte
	Signers  []string // thumbprints
}

// Log reads the events of a published log in their order, each signed by enough holders of
// its role under one of the roots. A leaf that is neither an event nor a snapshot's is an
// error: nothing hides in the log.
func Log(ctx context.Context, public string, roots []*repository.Root) ([]Accepted, error) {
	signedNote, err := os.ReadFile(filepath.Join(public, "checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	checkpoint, err := translog.Remembered(signedNote)
	if err != nil {
		return nil, err
	}
	var events []Accepted
	seen := map[string]bool{}
	err = leaves(ctx, translog.Folder(public), checkpoint.Size, func(entry []byte) error {
		if strings.HasPrefix(string(entry), repository.Spec+" snapshot ") {
			return nil
		}
		a, err := accept(entry, roots)
		if err != nil {
			return err
		}
		if !seen[a.ID] { // the same leaf may be there twice: see repository.Publication
			events, seen[a.ID] = append(events, a), true
		}
		return nil
	})
	return events, err
}

// leaves calls f for each entry of a log of a size.
func leaves(ctx context.Context, tiles translog.Tiles, size int64, f func([]byte) error) error {
	left := size
	for _, path := range translog.TilePaths(0, size) {
		if !strings.HasPrefix(path, "tile/entries/") {
			continue
		}
		bundle, err := tiles(ctx, path, 256*(maxDocument+2))
		if err != nil {
			return err
		}
		entries, err := translog.ReadBundle(bundle)
		if err != nil {
			return err
		}
		for _, entry := range entries[:min(int64(len(entries)), left)] {
			if err := f(entry); err != nil {
				return err
			}
		}
		left -= int64(len(entries))
	}
	if left > 0 {
		return fmt.Errorf("%w: %d entries are missing", translog.ErrTiles, left)
	}
	return nil
}

// accept reads a signed event, by one of the roots: the newest under which enough people
// signed.
func accept(document []byte, roots []*repository.Root) (Accepted, error) {
	u, err := signed.Read(document, maxDocument)
	if err != nil {
		return Accepted{}, err
	}
	claimed, err := registry.ReadEvent(u.UnverifiedPayload())
	if err != nil {
		return Accepted{}, err
	}
	err = fmt.Errorf("%w: no root", signed.ErrThreshold)
	for _, root := range slices.Backward(roots) {
		var v signed.Verified
		v, err = u.Verify(EventType, root.Roles[RoleOf(claimed.Type)].Keys, claimed.Type.People())
		if err != nil {
			continue
		}
		event, err := registry.ReadEvent(v.Payload())
		return Accepted{event, document, v.Signers()}, err
	}
	return Accepted{}, fmt.Errorf("the event %.60q: %w", claimed.ID, err)
}

// Roots reads the roots of a published folder, the oldest first, each by the word of the one
// before.
func Roots(public string) (roots []*repository.Root, err error) {
	for version := 1; ; version++ {
		document, err := os.ReadFile(filepath.Join(public, fmt.Sprintf("%d.root.json", version)))
		if errors.Is(err, fs.ErrNotExist) {
			return roots, nil
		}
		if err != nil {
			return nil, err
		}
		var root *repository.Root
		if version == 1 {
			root, err = repository.ReadRoot(document)
		} else {
			root, err = roots[version-2].Next(document)
		}
		if err != nil {
			return nil, err
		}
		roots = append(roots, root)
	}
}

// roots are those that are published, and the first while it is signed but not published.
func (b *Book) roots() ([]*repository.Root, error) {
	roots, err := Roots(b.Public())
	if err != nil || len(roots) > 0 {
		return roots, err
	}
	document, err := os.ReadFile(filepath.Join(b.dir, "staged", "1.root.json"))
	if err != nil {
		return nil, err
	}
	root, err := repository.ReadRoot(document)
	if err != nil {
		return nil, fmt.Errorf("the first root is not signed yet: %w", err)
	}
	return []*repository.Root{root}, nil
}

// Events are all that were accepted: those of the log, and those that go there next.
func (b *Book) Events() ([]Accepted, error) {
	roots, err := b.roots()
	if err != nil {
		return nil, err
	}
	events, err := Log(context.Background(), b.Public(), roots)
	if err != nil {
		return nil, err
	}
	waiting, err := b.accepted(roots)
	return append(events, waiting...), err
}

// accepted are the events that wait for the log, in the order of their acceptance.
func (b *Book) accepted(roots []*repository.Root) (events []Accepted, err error) {
	files, err := os.ReadDir(filepath.Join(b.dir, "accepted"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		document, err := os.ReadFile(filepath.Join(b.dir, "accepted", f.Name()))
		if err != nil {
			return nil, err
		}
		a, err := accept(document, roots)
		if err != nil {
			return nil, err
		}
		events = append(events, a)
	}
	return events, nil
}

// Ledger is what all accepted events say together.
func (b *Book) Ledger() (*registry.Ledger, []Accepted, error) {
	events, err := b.Events()
	if err != nil {
		return nil, nil, err
	}
	ledger, err := apply(events, b.facts.Known)
	return ledger, events, err
}

func apply(events []Accepted, known func(string) bool) (*registry.Ledger, error) {
	ledger := registry.NewLedger(known)
	for _, e := range events {
		if err := ledger.Apply(e.Event); err != nil {
			return nil, err
		}
	}
	return ledger, nil
}

// sweep removes events that wait for the log and are in it.
func (b *Book) sweep() error {
	roots, err := Roots(b.Public())
	if err != nil || len(roots) == 0 {
		return err
	}
	logged, err := Log(context.Background(), b.Public(), roots)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(filepath.Join(b.dir, "accepted"))
	for _, f := range files {
		if slices.ContainsFunc(logged, func(a Accepted) bool { return strings.HasSuffix(f.Name(), "-"+a.ID+".json") }) {
			err = errors.Join(err, os.Remove(filepath.Join(b.dir, "accepted", f.Name())))
		}
	}
	return err
}
