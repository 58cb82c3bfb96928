print("never")
--[==[ this comment
is not closed ]]
