package registrar

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"laurel/internal/repository"
	"laurel/internal/translog"
	"laurel/registry"
)

// Audit makes the overlay and the bindings of a published version again from its log alone,
// and demands that they are what was published: that the operator's decisions are all that
// is in them, and that all are. Institutions that are mirrored are believed to be.
func Audit(ctx context.Context, public string, state *repository.State) error {
	roots, err := Roots(public)
	if err != nil {
		return err
	}
	events, err := Log(ctx, public, roots)
	if err != nil {
		return err
	}
	ledger, err := apply(events, func(string) bool { return true })
	if err != nil {
		return err
	}
	for _, s := range []registry.Shard{registry.Overlay, registry.Bindings} {
		want, err := contentOf(ledger, s)
		if err != nil {
			return err
		}
		got, err := state.Content(s.String())
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("the shard %s does not say what the %d events of the log say together", s, len(events))
		}
	}
	return nil
}

// Monthly computes the report of a month from the log of a published folder alone.
func Monthly(ctx context.Context, public, month string) (registry.Monthly, error) {
	roots, err := Roots(public)
	if err != nil {
		return registry.Monthly{}, err
	}
	accepted, err := Log(ctx, public, roots)
	if err != nil {
		return registry.Monthly{}, err
	}
	events := make([]*registry.Event, len(accepted))
	for i, a := range accepted {
		events[i] = a.Event
	}
	return registry.MonthlyReport(month, events)
}

// Seed returns the root of the log as it was when a month began: over the leaves up to that of
// the last snapshot that was issued before. Whoever has the log and the snapshots finds the
// same.
func Seed(ctx context.Context, public, month string) (translog.Hash, error) {
	begin, err := time.Parse("2006-01", month)
	if err != nil {
		return translog.Hash{}, fmt.Errorf("%.40q is not a month such as 2026-11", month)
	}
	last, err := lastBefore(public, begin)
	if err != nil {
		return translog.Hash{}, err
	}
	note, err := os.ReadFile(filepath.Join(public, "checkpoint"))
	if err != nil {
		return translog.Hash{}, err
	}
	checkpoint, err := translog.Remembered(note)
	if err != nil {
		return translog.Hash{}, err
	}
	tree, found := translog.Tree{}, false
	var root translog.Hash
	err = leaves(ctx, translog.Folder(public), checkpoint.Size, func(entry []byte) error {
		tree.Add(translog.LeafHash(entry))
		if !found && bytes.Equal(entry, last) {
			root, found = tree.Root(), true
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("the last snapshot before %s is not in the log", month)
	}
	return root, err
}

// lastBefore returns the leaf of the last snapshot that was issued before a moment.
func lastBefore(public string, begin time.Time) (leaf []byte, err error) {
	roots, err := Roots(public)
	if err != nil {
		return nil, err
	}
	for version := int64(1); ; version++ {
		document, err := os.ReadFile(filepath.Join(public, fmt.Sprintf("%d.snapshot.json", version)))
		if err != nil {
			break
		}
		s, err := snapshotUnder(roots, document)
		if err != nil {
			return nil, err
		}
		if !s.Issued.Before(begin) {
			break
		}
		leaf = repository.SnapshotEntry(s.Version, document)
	}
	if leaf == nil {
		return nil, fmt.Errorf("nothing was published before %s", begin.Format("2006-01-02"))
	}
	return leaf, nil
}

func snapshotUnder(roots []*repository.Root, document []byte) (s *repository.Snapshot, err error) {
	err = fmt.Errorf("there is no root")
	for i := len(roots) - 1; i >= 0; i-- {
		if s, err = roots[i].Snapshot(document); err == nil {
			return s, nil
		}
	}
	return nil, err
}
