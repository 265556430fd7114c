/// A pointer that the tasks of one call may share.
@safe struct SharedPointer<Element>: @unchecked Sendable {
  let base: UnsafePointer<Element>
  @unsafe init(_ base: UnsafePointer<Element>) { unsafe self.base = base }
}
