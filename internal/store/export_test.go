package store

import "go.etcd.io/bbolt"

// The doors for tests.
var (
	ErrDamaged  = errDamaged
	ErrBroken   = errBroken
	OpenError   = openError
	CommitError = commitError
	Untouched   = untouched
)

// Break makes the store behave as after a commit that failed in doubt.
func (b *Bolt) Break() { b.broken.Store(true) }

// DB is the file below a store.
func (b *Bolt) DB() *bbolt.DB { return b.db }
