import Synchronization

/// Memory for intermediate values, kept from one use to the next.
///
/// Each use gets a block that is not in use and is large enough. A new block is allocated only if
/// there is no such block, and all blocks are kept until the scratch memory is released. Any number
/// of threads may use it at the same time. Guarded memory, which tests use, is allocated and freed
/// for each use.
public final class ScratchMemory: Sendable {
  // SAFETY: the memory behind a block is used only by the thread that took the block off the list.
  @safe private struct Block: @unchecked Sendable {
    let memory: Memory
    let count: Int
  }

  /// The blocks that are not in use, the smallest first.
  private let unused = Mutex<[Block]>([])
  private let isGuarded = MemoryPlacement.isGuarded

  init() {}

  deinit {
    for block in unused.withLock(\.self) { block.memory.free() }
  }

  /// Calls `body` with at least `byteCount` bytes, aligned to 64 bytes. No other use gets them
  /// before `body` returns. Their contents are undefined.
  @unsafe public func withBytes<Result>(
    _ byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Result
  ) -> Result {
    let block = take(byteCount)
    defer { giveBack(block) }
    return unsafe body(block.memory.base)
  }

  /// As ``withBytes(_:_:)``, for `count` values of a type.
  @unsafe public func withValues<Element: BitwiseCopyable, Result>(
    of type: Element.Type, _ count: Int, _ body: (UnsafeMutablePointer<Element>) -> Result
  ) -> Result {
    let bytes = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    precondition(!bytes.overflow, "scratch memory is larger than the address space")
    return unsafe withBytes(bytes.partialValue) { bytes in
      unsafe body(bytes.assumingMemoryBound(to: Element.self))
    }
  }

  private func take(_ byteCount: Int) -> Block {
    // Guarded memory must end exactly after `byteCount` bytes, so a larger block will not do.
    guard !isGuarded else {
      return Block(memory: Memory(bytes: byteCount, isGuarded: true), count: byteCount)
    }
    let found = unused.withLock { blocks -> Block? in
      guard let index = blocks.firstIndex(where: { $0.count >= byteCount }) else { return nil }
      return blocks.remove(at: index)
    }
    if let found { return found }
    let count = (byteCount + 4095) / 4096 * 4096
    return Block(memory: Memory(bytes: count, isGuarded: false), count: count)
  }

  private func giveBack(_ block: Block) {
    guard !isGuarded else { return block.memory.free() }
    unused.withLock { blocks in
      let index = blocks.firstIndex { $0.count >= block.count } ?? blocks.endIndex
      blocks.insert(block, at: index)
    }
  }
}
