package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"laurel/issuer"
	"laurel/keys"
)

// TestRecordTogether holds that what one wants recorded in conflict with what another wants
// at the same time does not take the rest with it.
func TestRecordTogether(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519)
	like := w.award(result("A-1", "forklift"))[0]
	award := func(n int) issuer.Award {
		a := like
		a.ID, a.Result.Key = fmt.Sprintf("11111111-1111-4111-8111-%012d", n), fmt.Sprint("R-", n)
		a.ShareToken, a.OwnerToken, a.Index = fmt.Sprint("s", n), fmt.Sprint("o", n), (like.Index+n)%131072
		return a
	}
	clash := award(4)
	clash.Result.Key = "R-1"
	errs := w.RecordTogether(ctx, []issuer.Award{award(1)}, []issuer.Award{award(2), award(3)}, []issuer.Award{award(5), clash}, []issuer.Award{award(6)})
	for n, want := range []error{nil, nil, issuer.ErrConflict, nil} {
		if !errors.Is(errs[n], want) {
			t.Errorf("group %d: %v, want %v", n, errs[n], want)
		}
	}
	for n, want := range map[int]bool{1: true, 2: true, 3: true, 4: false, 5: false, 6: true} {
		if _, err := w.Find(ctx, award(n).ID); (err == nil) != want {
			t.Errorf("award %d: %v", n, err)
		}
	}
}

// BenchmarkAwardAtOnce awards one result at a time to many who ask at once, as a server does.
func BenchmarkAwardAtOnce(b *testing.B) {
	for _, clients := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			w := newWorld(b, keys.Ed25519)
			jobs := make(chan int)
			var wg sync.WaitGroup
			for range clients {
				wg.Go(func() {
					for n := range jobs {
						w.award(result(fmt.Sprint("B-", n), "forklift"))
					}
				})
			}
			n := 0
			for b.Loop() {
				n++
				jobs <- n
			}
			close(jobs)
			wg.Wait()
		})
	}
}
