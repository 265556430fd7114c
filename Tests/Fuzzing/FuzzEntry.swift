import Glibc

/// libFuzzer calls this once, before the first input. The environment variable `FUZZ_TARGET` names
/// the reader that is tried. Where `FUZZ_SEEDS` names a folder instead, files of this program's own
/// formats are written there, for the corpora, and the program ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ argumentCount: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer
) -> CInt {
  if let folder = unsafe getenv("FUZZ_SEEDS") {
    exit(FuzzSeeds.write(to: unsafe String(cString: folder)) ? 0 : 1)
  }
  let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) }
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("FUZZ_TARGET must be one of these:")
    for target in FuzzTarget.all { print(target.name) }
    exit(64)
  }
  FuzzTarget.chosen = target
  return 0
}

/// libFuzzer calls this with each input. A reader may refuse it with an error, but must not crash,
/// hang, or use more memory than the limits of the run.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // SAFETY: libFuzzer keeps the bytes until this returns.
  let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  FuzzTarget.chosen?.run(input)
  return 0
}
