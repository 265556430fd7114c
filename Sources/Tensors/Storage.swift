/// Read-only bytes that a tensor's values live in: owned, mapped or compiled in.
///
/// Shared between threads without a lock, because nothing writes to it after `init`.
@safe public final class Storage: @unchecked Sendable {
  private let base: UnsafeRawBufferPointer
  /// Keeps the memory behind `base` alive: a mapped file, or nothing for static memory.
  private let owner: AnyObject?
  /// True when `base` was allocated here.
  private let isOwned: Bool

  /// A view of memory that `owner` keeps alive and unchanged (a mapped file), or of static memory
  /// where `owner` is nil.
  @unsafe public init(viewing base: UnsafeRawBufferPointer, owner: AnyObject?) {
    // SAFETY: the caller promises that `owner` keeps `base` alive and unchanged.
    unsafe self.base = base
    self.owner = owner
    isOwned = false
  }

  /// A copy of `bytes`, aligned to 64 bytes.
  public init(copying bytes: Span<UInt8>) {
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(bytes.count, 1), alignment: 64)
    // SAFETY: `copy` has room for all of `bytes`; only the copied part is kept in `base`.
    unsafe bytes.withUnsafeBytes { unsafe copy.copyMemory(from: $0) }
    unsafe base = UnsafeRawBufferPointer(rebasing: copy[..<bytes.count])
    owner = nil
    isOwned = true
  }

  deinit {
    // SAFETY: `base` starts at the address that `init(copying:)` allocated.
    if isOwned { unsafe base.baseAddress?.deallocate() }
  }

  public var count: Int { unsafe base.count }

  /// Calls `body` with the bytes from `offset`, `count` of them. The range must lie inside.
  public func withBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // SAFETY: the range was checked, and `self` outlives the call.
    let part = unsafe UnsafeRawBufferPointer(rebasing: base[range])
    return try unsafe body(Span(_unsafeElements: part.assumingMemoryBound(to: UInt8.self)))
  }

  /// As ``withBytes(_:_:)``, with a pointer: for kernels.
  @unsafe public func withUnsafeBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return try unsafe body(UnsafeRawBufferPointer(rebasing: base[range]))
  }
}
