import Classification
import System
import Testing

@Suite struct ShardTests {
  @Test("the part is the FNV-1a hash of the path, with its halves combined, modulo the count")
  func hash() {
    // The 64-bit hashes are in the test vectors of Fowler, Noll and Vo.
    for (text, expected) in [
      ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C),
      ("foobar", 0x8594_4171_F739_67E8),
    ] as [(String, UInt64)] {
      let shard = Int((expected ^ expected >> 32) % 1009)
      #expect(Shard(shard + 1, of: 1009)?.contains(RawPath(text)) == true)
    }
  }

  @Test("a shard outside of its count does not exist")
  func limits() {
    #expect(Shard(0, of: 3) == nil && Shard(4, of: 3) == nil && Shard(1, of: 0) == nil)
    #expect(Shard(3, of: 3)?.index == 3)
  }
}
