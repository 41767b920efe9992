// Goroutines over channels and locks, timers, a socket to itself, big numbers, maps, a recovered panic.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"net"
	"os"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

func worker(in <-chan int, out chan<- int) {
	for n := range in {
		out <- n * n
	}
}

func caught() (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	var m map[string]int
	m["x"] = 1
	return
}

func pipeline() int {
	in, out := make(chan int), make(chan int, 10)
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() { defer group.Done(); worker(in, out) }()
	}
	go func() {
		for i := 0; i < 5000; i++ {
			in <- i
		}
		close(in)
		group.Wait()
		close(out)
	}()
	sum := 0
	for n := range out {
		sum += n
	}
	return sum
}

func echo() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err.Error()
	}
	go func() {
		connection, _ := listener.Accept()
		io.Copy(connection, connection)
		connection.Close()
	}()
	connection, _ := net.Dial("tcp", listener.Addr().String())
	io.WriteString(connection, "echoed")
	connection.(*net.TCPConn).CloseWrite()
	text, _ := io.ReadAll(connection)
	return string(text)
}

func main() {
	runtime.GOMAXPROCS(4)
	fmt.Println(pipeline(), echo(), caught())
	counts := map[string]int{}
	for _, word := range strings.Fields(strings.Repeat("one two three two ", 1000)) {
		counts[word]++
	}
	text, _ := json.Marshal(counts)
	fmt.Println(string(text), new(big.Int).Exp(big.NewInt(3), big.NewInt(500), big.NewInt(1e15)))
	fmt.Printf("%x %.17g %v %v\n", sha256.Sum256(make([]byte, 100000)), math.Sin(1e10), math.Inf(-1), math.FMA(0.1, 10, -1))
	fmt.Println(regexp.MustCompile(`(\w+)@(\w+)`).ReplaceAllString("a@b c@d", "$2.$1"))
	timer := time.After(time.Hour)
	ticks := 0
	for ticker := time.NewTicker(time.Millisecond); ticks < 5; ticks++ {
		select {
		case <-ticker.C:
		case <-timer:
			fmt.Println("an hour is over")
		}
	}
	garbage := [][]byte{}
	for i := 0; i < 20000; i++ {
		garbage = append(garbage[:len(garbage)%50], make([]byte, 1000+i%5000))
	}
	runtime.GC()
	numbers := []float64{3, 1, 2.5, math.NaN(), -1}
	sort.Float64s(numbers)
	fmt.Println(ticks, len(garbage), numbers, os.Getuid(), os.Getgid(), os.Args[0])
	os.Exit(5)
}
