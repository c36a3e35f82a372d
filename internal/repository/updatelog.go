package repository

import (
	"errors"
	"fmt"
	"path/filepath"

	"laurel/internal/translog"
)

// log demands that the snapshot is in the log that everybody sees.
func (u *update) log() error {
	if u.last != nil && u.last.Root.Log.Key == u.root.Log.Key && u.last.Timestamp.Snapshot == u.timestamp.Snapshot && u.last.Timestamp.LogIndex == u.timestamp.LogIndex {
		u.proof = u.last.Inclusion // it was asked for this snapshot already
	} else if err := u.askLog(); err != nil {
		return err
	}
	checkpoint, err := u.proof.Check(u.root.Log, snapshotEntry(u.timestamp.Snapshot))
	if err != nil {
		return refuse(checkpointFile, err, "")
	}
	if u.o.RequireWitnesses && !u.root.Log.Witnessed(checkpoint) {
		return refuse(checkpointFile, ErrUnwitnessed, fmt.Sprintf("%d of %d", len(checkpoint.Cosigned), u.root.Log.Need))
	}
	if u.o.Mirror {
		return translog.Mirror(u.ctx, checkpoint, u.from.tiles(), u.public())
	}
	return nil
}

func (u *update) askLog() error {
	var last translog.Checkpoint
	if u.m.Checkpoint != "" {
		var err error
		if last, err = translog.Remembered([]byte(u.m.Checkpoint)); err != nil {
			return err
		}
		if last.Origin != u.root.Log.Origin {
			last = translog.Checkpoint{} // the holders of the root began another log
		}
	}
	signed, _, err := u.from.read(u.ctx, checkpointFile, "", translog.MaxNote)
	if err != nil {
		return err
	}
	next, err := u.root.Log.Follow(u.ctx, last, signed, u.from.tiles())
	if err != nil {
		return errors.Join(u.wrong(err), translog.KeepEvidence(filepath.Join(u.dir, "evidence"), err))
	}
	u.m.Checkpoint = string(next.Note)
	if err := u.save(); err != nil {
		return err
	}
	u.proof, err = translog.Prove(u.ctx, next, u.timestamp.LogIndex, u.from.tiles())
	return u.wrong(err)
}

// wrong tells what the log got wrong from what could not be asked.
func (u *update) wrong(err error) error {
	for _, kind := range []error{translog.ErrForm, translog.ErrSignature, translog.ErrOlder, translog.ErrFork, translog.ErrTiles, translog.ErrProof} {
		if errors.Is(err, kind) {
			return refuse(checkpointFile, err, "")
		}
	}
	return err
}
