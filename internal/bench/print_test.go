package bench
import ("context";"fmt";"testing";"os")
func TestPrint(t *testing.T){ if os.Getenv("PRINT")=="" {t.Skip()}; ops,err:=Operations(context.Background()); if err!=nil{t.Fatal(err)}; r,err:=Measure(ops,7); if err!=nil{t.Fatal(err)}; for _,x:=range r { fmt.Printf("%-75s %10v %6.2f (most %.2f) allocs %.0f\n",x.Name,x.Time,x.Ratio,x.Most,x.Allocations)}}
