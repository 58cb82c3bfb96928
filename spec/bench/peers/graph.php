<?php // graph.lua's work in PHP: graph.php WORK SHAPE N
ini_set('memory_limit', '-1');

const SIZES = ['pairs' => 2, 'tens' => 10, 'thousands' => 1000];
const REPEATS = 3;
const GARBAGE = 1000;
const LIST_ITEM = 16;

final class Node
{
    public $a = null;
    public $b = null;
}

function nanoseconds(callable $work): int
{
    $start = processor_time();
    $work();
    return processor_time() - $start;
}

// In steps of a microsecond.
function processor_time(): int
{
    $use = getrusage();
    return 1000 * (1000000 * ($use['ru_utime.tv_sec'] + $use['ru_stime.tv_sec'])
        + $use['ru_utime.tv_usec'] + $use['ru_stime.tv_usec']);
}

function build(string $shape, int $n): array
{
    $nodes = [];
    for ($i = 0; $i < $n; $i++) $nodes[] = new Node;
    if ($shape === 'random') {
        mt_srand(1969);
        foreach ($nodes as $node) {
            $node->a = $nodes[mt_rand(0, $n - 1)];
            $node->b = $nodes[mt_rand(0, $n - 1)];
        }
        return $nodes;
    }
    $size = SIZES[$shape] ?? $n;
    for ($first = 0; $first < $n; $first += $size) {
        for ($i = $first; $i < $first + $size - 1; $i++) $nodes[$i]->a = $nodes[$i + 1];
        $nodes[$first + $size - 1]->a = $nodes[$first];
    }
    return $nodes;
}

function collect(string $shape, int $n): array
{
    gc_disable();
    $before = memory_get_usage();
    $nodes = build($shape, $n);
    $room = 2 ** ceil(log($n, 2)) * LIST_ITEM;
    $bytes = (memory_get_usage() - $before - $room) / $n;
    $drop = nanoseconds(function () use (&$nodes) { $nodes = null; });
    $collect = nanoseconds('gc_collect_cycles');
    return ['drop' => $drop / $n, 'collect' => $collect / $n, 'bytes' => $bytes];
}

function locality(string $shape, int $n): array
{
    gc_disable();
    $kept = build('pairs', $n);
    gc_collect_cycles();
    $times = [];
    for ($i = 0; $i < REPEATS; $i++) {
        build('tens', GARBAGE);
        $start = hrtime(true);
        gc_collect_cycles();
        $times[] = hrtime(true) - $start;
    }
    sort($times);
    return ['collect' => $times[intdiv(REPEATS, 2)], 'kept' => count($kept)];
}

function make_pairs(int $n, bool $keep): array
{
    $kept = [];
    for ($i = 0; $i < $n; $i++) {
        $a = new Node;
        $b = new Node;
        $a->a = $b;
        $b->a = $a;
        if ($keep && $i % 2 === 0) $kept[] = $a;
    }
    return $kept;
}

function calls(string $shape, int $n): array
{
    $times = [];
    for ($i = 0; $i < REPEATS; $i++) {
        $times[] = nanoseconds(function () use ($n) {
            make_pairs(intdiv($n, 2), false);
            gc_collect_cycles();
        }) / $n;
    }
    return ['first' => $times[0], 'again' => end($times)];
}

function automatic(string $shape, int $n): array
{
    $total = nanoseconds(function () use ($n, &$kept) { $kept = make_pairs(2 * $n, true); });
    return ['each' => $total / (4 * $n), 'collections' => gc_status()['runs']];
}

echo json_encode($argv[1]($argv[2], (int) $argv[3])), "\n";
