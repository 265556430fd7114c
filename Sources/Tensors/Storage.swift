/// The read-only bytes of one or more tensors. They are allocated here, in a mapped file, a part of
/// the program, or computed when they are first read.
///
/// Threads may share it, because nothing changes the bytes after `init`, and a lock protects bytes
/// that are not computed yet.
@safe public final class Storage: @unchecked Sendable {
  private let base: UnsafeRawBufferPointer
  /// Keeps the memory at `base` alive, for example a mapped file; nil for static memory.
  private let owner: AnyObject?
  /// Whether `base` was allocated here.
  private let isOwned: Bool
  /// Computes the bytes when they are first read; nil if they are at `base`.
  private let deferred: DeferredBytes?
  /// Bytes in this storage.
  public let count: Int

  /// A view of memory that `owner` keeps alive and unchanged, such as a mapped file, or of static
  /// memory if `owner` is nil.
  @unsafe public init(viewing base: UnsafeRawBufferPointer, owner: AnyObject?) {
    // SAFETY: the caller promises that `owner` keeps `base` alive and unchanged.
    unsafe self.base = base
    self.owner = owner
    isOwned = false
    deferred = nil
    count = base.count
  }

  /// `count` bytes that `make` computes when they are first read.
  ///
  /// - Parameter pendingSteps: the length of the chain of computations, this one included.
  init(count: Int, pendingSteps: Int, deferred make: @escaping @Sendable () -> Storage) {
    unsafe base = UnsafeRawBufferPointer(start: nil, count: 0)
    owner = nil
    isOwned = false
    deferred = DeferredBytes(count: count, pendingSteps: pendingSteps, make)
    self.count = count
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
    deferred = nil
    count = bytes.count
  }

  deinit {
    // SAFETY: `base` starts at the address that `init(copying:)` allocated.
    if isOwned { unsafe base.baseAddress?.deallocate() }
  }

  /// The length of the chain of computations that reading the bytes may need; 0 if the bytes exist.
  var pendingSteps: Int { deferred?.pendingSteps ?? 0 }

  /// A storage with the same bytes in memory. They are computed now if they have not been before.
  var computed: Storage { deferred?.storage ?? self }

  /// Calls `body` with the bytes in `range`, which must be inside the storage.
  public func withBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    if let deferred { return try deferred.storage.withBytes(range, body) }
    // SAFETY: the range was checked, and `self` outlives the call.
    let part = unsafe UnsafeRawBufferPointer(rebasing: base[range])
    return try unsafe body(Span(_unsafeElements: part.assumingMemoryBound(to: UInt8.self)))
  }

  /// Like ``withBytes(_:_:)``, but with a pointer, for kernels.
  @unsafe public func withUnsafeBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    if let deferred { return try unsafe deferred.storage.withUnsafeBytes(range, body) }
    return try unsafe body(UnsafeRawBufferPointer(rebasing: base[range]))
  }
}
